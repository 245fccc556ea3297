Private Function RealErrors(ByRef result As Variant) As Variant
    ' Python marks what it refuses by a text; in a cell it has to be an error, for totals skip texts.
    Dim i As Long, j As Long, lastColumn As Long

    If Not IsArray(result) Then
        If IsRefused(result) Then
            RealErrors = CVErr(ERROR_NA)
        Else
            RealErrors = result
        End If
        Exit Function
    End If

    lastColumn = -1
    On Error Resume Next
    lastColumn = UBound(result, 2)
    On Error GoTo 0
    For i = LBound(result, 1) To UBound(result, 1)
        If lastColumn < 0 Then
            If IsRefused(result(i)) Then result(i) = CVErr(ERROR_NA)
        Else
            For j = LBound(result, 2) To lastColumn
                If IsRefused(result(i, j)) Then result(i, j) = CVErr(ERROR_NA)
            Next j
        End If
    Next i
    RealErrors = result
End Function

Private Function IsRefused(ByRef value As Variant) As Boolean
    If VarType(value) = vbString Then IsRefused = (value = REFUSED_CELL)
End Function

Private Function FailedCall(ByVal description As String) As Variant
    ' A call refused as a whole is told by its exception; everything else is a defect or a Python that did not start.
    If InStr(description, REFUSED_EXCEPTION) > 0 Then
        FailedCall = CVErr(ERROR_NA)
    Else
        FailedCall = CVErr(ERROR_VALUE)
    End If
End Function
