Attribute VB_Name = "XlKpiHelp"
Option Explicit

' Help of the functions in Excel's wizard.  A row of the sheet xl-kpi.help: name, category, what the function gives,
' then one text for each argument.

Private Const HELP_SHEET As String = "xl-kpi.help"
Private Const FIRST_ARGUMENT As Long = 4

Public Sub RegisterHelp()
    Dim row As Long
    Dim wasAddin As Boolean

    wasAddin = ThisWorkbook.IsAddin
    On Error GoTo done
    Application.ScreenUpdating = False
    ' Excel describes no function of a hidden workbook.
    If wasAddin Then ThisWorkbook.IsAddin = False
    row = 1
    Do While Len(ThisWorkbook.Worksheets(HELP_SHEET).Cells(row, 1).Value) > 0
        RegisterFunction row
        row = row + 1
    Loop
done:
    If wasAddin Then ThisWorkbook.IsAddin = True
    ThisWorkbook.Saved = True
    Application.ScreenUpdating = True
End Sub

Private Sub RegisterFunction(ByVal row As Long)
    Dim arguments() As String
    Dim count As Long, i As Long
    Dim macroName As String

    With ThisWorkbook.Worksheets(HELP_SHEET)
        macroName = "'" & ThisWorkbook.Name & "'!" & .Cells(row, 1).Value
        Do While Len(.Cells(row, FIRST_ARGUMENT + count).Value) > 0
            count = count + 1
        Loop
        If count = 0 Then
            Application.MacroOptions Macro:=macroName, Description:=.Cells(row, 3).Value, Category:=.Cells(row, 2).Value
            Exit Sub
        End If
        ReDim arguments(1 To count)
        For i = 1 To count
            arguments(i) = .Cells(row, FIRST_ARGUMENT + i - 1).Value
        Next i
        Application.MacroOptions Macro:=macroName, Description:=.Cells(row, 3).Value, _
            Category:=.Cells(row, 2).Value, ArgumentDescriptions:=arguments
    End With
End Sub
