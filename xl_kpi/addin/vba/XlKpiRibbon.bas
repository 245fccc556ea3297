Attribute VB_Name = "XlKpiRibbon"
Option Explicit

' Every button of the tab ends in RunButton; the procedures below it are made from the table of buttons.
' ASCII only: Chinese texts stand in the sheet xl-kpi.text, by id.

Private Const TEXT_SHEET As String = "xl-kpi.text"
Private Const POPUP_WARNING As Long = 48
Private Const POPUP_ON_TOP As Long = 4096

Private Sub RunButton(ByVal handler As String, ByVal needsBook As Boolean)
    Dim helper As Workbook

    If Not Application.Ready Then
        Say "busy"
        Exit Sub
    End If
    If ActiveWorkbook Is Nothing Then
        If Not Application.ActiveProtectedViewWindow Is Nothing Then
            Say "protected_view"
            Exit Sub
        End If
        If needsBook Then
            Say "no_book"
            Exit Sub
        End If
        ' xlwings asks for the name of the active workbook before it calls Python.
        Set helper = Application.Workbooks.Add
    End If

    On Error GoTo failed
    RunPython "import xl_kpi.addin.ribbon; xl_kpi.addin.ribbon." & handler & "()"
    CloseUnused helper
    Exit Sub

failed:
    Say "no_python", Err.Description
    CloseUnused helper
End Sub

Private Sub CloseUnused(ByVal helper As Workbook)
    ' Python may have closed it, or put something into it.
    If helper Is Nothing Then Exit Sub
    On Error Resume Next
    If helper.Saved Then helper.Close False
End Sub

Private Sub Say(ByVal textId As String, Optional ByVal detail As String = "")
    Dim message As String

    message = TextOf(textId)
    If Len(detail) > 0 Then message = message & vbCrLf & detail
    ' Popup shows Chinese on any Windows; MsgBox only where the system's own language is Chinese.
    On Error GoTo plain
    WScript.Popup message, 0, TextOf("title"), POPUP_WARNING + POPUP_ON_TOP
    Exit Sub
plain:
    MsgBox message, vbExclamation
End Sub

Private Function TextOf(ByVal textId As String) As String
    Dim row As Long

    TextOf = textId
    With ThisWorkbook.Worksheets(TEXT_SHEET)
        row = 1
        Do While Len(.Cells(row, 1).Value) > 0
            If .Cells(row, 1).Value = textId Then
                TextOf = .Cells(row, 2).Value
                Exit Function
            End If
            row = row + 1
        Loop
    End With
End Function
